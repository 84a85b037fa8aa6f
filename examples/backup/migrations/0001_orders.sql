create table orders (id bigint generated always as identity primary key, customer text not null, total numeric(10, 2));
insert into orders (customer, total) select 'customer ' || n % 50, n from generate_series(1, 1000) n;
