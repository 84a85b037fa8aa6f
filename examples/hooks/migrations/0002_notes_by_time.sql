-- Refuses a transaction; Clew runs it by itself.
create index concurrently notes_created_at on notes (created_at);
