create table people (id int primary key, name text not null, born date);
insert into people values (1, 'Ada', '1815-12-10'), (2, 'Grace', '1906-12-09');
