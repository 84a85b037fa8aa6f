create schema cron;

create sequence cron.jobid_seq;
create table cron.job (
  jobid bigint primary key default nextval('cron.jobid_seq'),
  schedule text not null,
  command text not null,
  nodename text not null default 'localhost',
  nodeport integer not null default 5432,
  database text not null default current_database(),
  username text not null default current_user,
  active boolean not null default true,
  jobname text,
  constraint jobname_username_uniq unique (jobname, username)
);
alter table cron.job enable row level security;
create policy cron_job_policy on cron.job using (username = current_user);

create sequence cron.runid_seq;
create table cron.job_run_details (
  jobid bigint,
  runid bigint primary key default nextval('cron.runid_seq'),
  job_pid integer,
  database text,
  username text,
  command text,
  status text,
  return_message text,
  start_time timestamptz,
  end_time timestamptz
);
alter table cron.job_run_details enable row level security;
create policy cron_job_run_details_policy on cron.job_run_details using (username = current_user);

-- refuses what is no schedule at all; the ranges of its fields are not looked at
create function cron._check_schedule(schedule text) returns void language plpgsql as $$
begin
  if schedule !~* '^\s*([1-9]|[1-5]\d)\s+seconds?\s*$'
    and schedule !~* '^\s*@(yearly|annually|monthly|weekly|daily|midnight|hourly|reboot)\s*$'
    and schedule !~ '^\s*(\S+\s+){4}\S+\s*$' then
    raise exception 'invalid schedule: %', schedule using errcode = 'invalid_parameter_value';
  end if;
end $$;

create function cron.schedule_in_database(
  job_name text, schedule text, command text, database text, username text default null, active boolean default true
) returns bigint language plpgsql as $$
#variable_conflict use_column
declare
  id bigint;
begin
  perform cron._check_schedule($2);
  insert into cron.job (jobname, schedule, command, database, username, active)
  values ($1, $2, $3, $4, coalesce($5, current_user), $6)
  on conflict (jobname, username) do update set
    schedule = excluded.schedule, command = excluded.command, database = excluded.database, active = excluded.active
  returning jobid into id;
  return id;
end $$;
create function cron.schedule(job_name text, schedule text, command text) returns bigint language sql as
  'select cron.schedule_in_database($1, $2, $3, current_database())';
create function cron.schedule(schedule text, command text) returns bigint language sql as
  'select cron.schedule_in_database(null, $1, $2, current_database())';

create function cron.alter_job(
  job_id bigint, schedule text default null, command text default null, database text default null,
  username text default null, active boolean default null
) returns void language plpgsql as $$
#variable_conflict use_column
begin
  if $2 is not null then
    perform cron._check_schedule($2);
  end if;
  update cron.job as j set
    schedule = coalesce($2, j.schedule), command = coalesce($3, j.command), database = coalesce($4, j.database),
    username = coalesce($5, j.username), active = coalesce($6, j.active)
  where j.jobid = $1;
  if not found then
    raise exception 'Job % does not exist or you don''t own it', $1;
  end if;
end $$;

create function cron.unschedule(job_id bigint) returns boolean language plpgsql as $$
begin
  delete from cron.job where jobid = $1;
  if not found then
    raise exception 'could not find valid entry for job ''%''', $1 using errcode = 'internal_error';
  end if;
  return true;
end $$;
create function cron.unschedule(job_name text) returns boolean language plpgsql as $$
begin
  delete from cron.job where jobname = $1 and username = current_user;
  if not found then
    raise exception 'could not find valid entry for job ''%''', $1 using errcode = 'internal_error';
  end if;
  return true;
end $$;

grant usage on schema cron to public;
grant select on cron.job to public;
grant select, update, delete on cron.job_run_details to public;
