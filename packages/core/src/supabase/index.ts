// The entry for the Supabase channel itself: what installs, arms, removes and inspects it.
export { changeChannel, channelSql, type ChannelChange } from "./change.ts";
export type { ChannelReport } from "./inspect.ts";
