-- a hash index under another name: one column, and none of pgroonga's options
create access method pgroonga type index handler hashhandler;

create function @extschema@.pgroonga_match_text(target text, query text) returns boolean
language sql immutable strict as $$ select target ilike '%' || query || '%' $$;
create operator @extschema@.&@ (leftarg = text, rightarg = text, function = @extschema@.pgroonga_match_text);
create operator @extschema@.&@~ (leftarg = text, rightarg = text, function = @extschema@.pgroonga_match_text);
create operator @extschema@.&^ (leftarg = text, rightarg = text, function = starts_with);
create function @extschema@.pgroonga_score(tableoid oid, ctid tid) returns double precision language sql stable as
  'select 0::double precision';

create operator class @extschema@.pgroonga_text_full_text_search_ops_v2 default for type text using pgroonga as
  operator 1 =(text, text), function 1 hashtext(text);
create operator class @extschema@.pgroonga_text_term_search_ops_v2 for type text using pgroonga as
  operator 1 =(text, text), function 1 hashtext(text);
create operator class @extschema@.pgroonga_varchar_term_search_ops_v2 default for type varchar using pgroonga as
  operator 1 =(text, text), function 1 hashtext(text);
create operator class @extschema@.pgroonga_jsonb_ops_v2 default for type jsonb using pgroonga as
  operator 1 =(jsonb, jsonb), function 1 jsonb_hash(jsonb);
