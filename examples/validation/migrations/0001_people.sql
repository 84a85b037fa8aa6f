create table people (
  id bigint generated always as identity primary key,
  mail text not null unique
);
