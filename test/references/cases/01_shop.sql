-- A small shop: what a migration may name, made here and named in the next files.
create schema shop;
create schema private;
create type shop.state as enum ('open', 'paid', 'sent');
create type shop.money_of as (amount numeric, currency text);
create domain shop.email_address as text check (value ~ '@');
create sequence shop.receipt_number;

create table shop.customers (
  customer_id bigint generated always as identity primary key,
  email shop.email_address not null,
  full_name text not null default '',
  owner_id uuid default auth.uid(),
  created_at timestamptz not null default now(),
  constraint customers_email_unique unique (email),
  check (length(full_name) < 200)
);
create table shop.products (
  product_id bigint generated always as identity primary key,
  title text not null,
  price numeric(10, 2) not null,
  tags text[] not null default '{}',
  attributes jsonb not null default '{}'
);
create table shop.orders (
  order_id bigint generated always as identity primary key,
  customer_id bigint not null references shop.customers (customer_id),
  receipt bigint default nextval('shop.receipt_number'),
  state shop.state not null default 'open',
  total shop.money_of,
  placed_at timestamptz not null default now()
) partition by range (order_id);
create table shop.orders_first partition of shop.orders for values from (minvalue) to (1000);
create table shop.order_items (
  item_id bigint generated always as identity primary key,
  order_id bigint not null,
  product_id bigint not null references shop.products,
  quantity integer not null,
  constraint order_items_positive check (quantity > 0),
  constraint order_items_order foreign key (order_id) references shop.orders (order_id)
);
create table private.audit (at timestamptz default now(), who text, what text);

alter table shop.customers enable row level security;
alter table shop.orders enable row level security;
alter table shop.order_items enable row level security;
alter table shop.products enable row level security;
create policy "customers see themselves" on shop.customers for select to authenticated using (owner_id = auth.uid());
create policy "customers change themselves" on shop.customers for update to authenticated
  using (owner_id = auth.uid()) with check (owner_id = auth.uid() and length(full_name) > 0);
create policy orders_of_customer on shop.orders for select to authenticated, anon
  using (exists (select 1 from shop.customers c where c.customer_id = orders.customer_id and c.owner_id = auth.uid()));
create policy orders_by_service on shop.orders for all to service_role using (true);
create policy items_read on shop.order_items for select to authenticated using (order_id in (select o.order_id from shop.orders o));
create policy products_read on shop.products for select to anon, authenticated using (price >= 0);
create policy products_write on shop.products for insert to service_role with check (title <> '');
