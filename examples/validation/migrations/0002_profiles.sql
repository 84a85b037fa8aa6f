create table profiles (
  person bigint primary key references persons (id),
  bio text
);
