create function id_encode(number bigint) returns text language sql immutable strict as 'select to_hex($1)';
create function id_encode(number bigint, salt text) returns text language sql immutable strict as
  'select to_hex($1)';
create function id_encode(number bigint, salt text, min_length integer) returns text language sql immutable strict as
  $$ select lpad(to_hex($1), greatest($3, length(to_hex($1))), '0') $$;
create function id_encode(number bigint, salt text, min_length integer, alphabet text) returns text
language sql immutable strict as $$ select lpad(to_hex($1), greatest($3, length(to_hex($1))), '0') $$;
create function id_decode_once(hash text) returns bigint language sql immutable strict as
  $$ select ('x' || lpad($1, 16, '0'))::bit(64)::bigint $$;
create function id_decode_once(hash text, salt text) returns bigint language sql immutable strict as
  $$ select ('x' || lpad($1, 16, '0'))::bit(64)::bigint $$;
