# Makes a backup on a small file system that only this process sees, and that is full at once (`small`) or in the midst of it
# (`filled`); says what is left.
set -e
mode=$1 node=$2 bin=$3 url=$4
place=$(mktemp -d)
trap 'umount "$place"; rmdir "$place"' EXIT
mount -t tmpfs -o size="$([ "$mode" = small ] && echo 3m || echo 100m)" tmpfs "$place"
"$node" "$bin" backup create --json --db "$url" --at "$place/backups" &
if [ "$mode" = filled ]; then
  # As soon as it has begun to write it is held, until nothing fits any more.
  until ls -d "$place"/backups/.partial.*/ > /dev/null 2>&1; do sleep 0.005; done
  kill -STOP $!
  cat /dev/zero > "$place/filler" 2> /dev/null || true
  kill -CONT $!
fi
wait $! || true
rm -f "$place/filler"
echo "left: $(ls -A "$place/backups" 2> /dev/null | tr '\n' ' ')"
