-- from 16
create table t (a int, b text, c text collate "C");
create statistics on a, b from t;
create statistics st (mcv) on a, (a + 1), b from t;
create statistics on a, (b || 'x') from t;
create statistics on a, b from t;
alter statistics t_a_b_stat1 rename to renamed;
alter statistics st set statistics 50;
comment on statistics st is 'St';
create function datestyle() returns void language sql set datestyle to iso, mdy set time zone 'UTC' as 'select';
