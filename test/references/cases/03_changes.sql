-- Changes to what is there: each statement names something that the files before have made.
alter table shop.customers add column phone text, add constraint customers_phone check (phone <> '') not valid;
alter table shop.customers validate constraint customers_phone;
alter table shop.customers alter column full_name drop default, alter column created_at set not null;
alter table shop.customers alter column created_at type timestamptz(3) using created_at::timestamptz;
alter table shop.products rename column tags to labels;
alter table shop.order_items drop constraint order_items_positive;
alter table shop.order_items rename constraint order_items_order to order_items_of_order;
alter table shop.customers disable trigger user;
alter table shop.order_items disable trigger items_added;
alter table only shop.orders replica identity full;
alter index shop.products_by_title rename to products_by_lower_title;
alter sequence shop.receipt_number owned by none;
alter type shop.state add value 'lost' after 'sent';
alter type shop.money_of add attribute rate numeric;
alter type shop.money_of rename attribute currency to unit;
alter domain shop.email_address set default 'nobody@example.org';

alter policy "customers see themselves" on shop.customers to authenticated, service_role using (owner_id = auth.uid());
alter policy orders_of_customer on shop.orders rename to orders_of_buyer;
alter policy items_read on shop.order_items using (order_id > 0 and item_id > 0);
alter policy products_write on shop.products with check (title <> '' and price > 0);
comment on policy products_read on shop.products is 'Everybody may look';
comment on policy "customers change themselves" on shop.customers is 'Their own row';
drop policy orders_by_service on shop.orders;
drop policy products_write on shop.products;
drop policy "customers change themselves" on shop.customers;
drop policy if exists never_made on shop.products;

comment on table shop.orders is 'Orders';
comment on column shop.orders.receipt is 'Number on the receipt';
comment on function shop.order_total(bigint) is 'Sum of an order';
comment on trigger orders_noted on shop.orders is 'Audit';
comment on constraint order_items_of_order on shop.order_items is 'An item has an order';
comment on index shop.orders_by_customer is 'For the list of orders';
comment on type shop.state is 'What an order has come to';
comment on schema private is 'Not for the API';
comment on view shop.open_orders is 'What is to be sent';

grant usage on schema shop to anon, authenticated, service_role;
grant select (order_id, state), update (state) on shop.orders to authenticated;
grant select on shop.open_orders, shop.products to anon;
grant execute on function shop.order_total(bigint), shop.customer_of(bigint, text) to authenticated;
grant usage on sequence shop.receipt_number to service_role;
grant usage on type shop.state to authenticated;
grant all on all tables in schema shop to service_role;
revoke all on private.audit from anon, authenticated;
alter default privileges for role postgres in schema shop grant select on tables to anon;
alter function shop.order_total(bigint) stable parallel safe;
alter table private.audit owner to service_role;

insert into shop.products (title, price) values ('tea', 2), ('cup', 5);
insert into shop.customers (email, full_name) values ('a@example.org', 'Ada')
  on conflict (email) do update set full_name = excluded.full_name where customers.phone is null
  returning customer_id, full_name;
insert into shop.orders (customer_id, state) select c.customer_id, 'open' from shop.customers c where c.email = 'a@example.org';
update shop.orders o set state = 'paid', receipt = o.order_id from shop.customers c where c.customer_id = o.customer_id and c.full_name = 'Ada';
delete from shop.order_items i using shop.products p where p.product_id = i.product_id and p.title = 'cup';
merge into shop.products p using (select 'tea' as title, 3 as price) s on s.title = p.title
  when matched then update set price = s.price
  when not matched then insert (title, price) values (s.title, s.price);
with gone as (delete from shop.order_items where quantity > 100 returning item_id, order_id)
insert into private.audit (what) select 'gone ' || g.item_id from gone g;
select shop.customer_of(o.order_id), shop.order_total(wanted => o.order_id) from shop.orders o where o.state = 'paid' order by o.placed_at;
refresh materialized view shop.sales;
truncate private.audit;
lock table shop.products in share mode;

do $$
declare
  p record;
begin
  update shop.products set price = price + 1 where title = 'tea';
  for p in select product_id, title from shop.products loop
    raise notice '% %', p.product_id, p.title;
  end loop;
  if exists (select from pg_tables where schemaname = 'shop' and tablename = 'later') then
    alter table shop.later add column x integer;
  end if;
end
$$;

alter table shop.orders detach partition shop.orders_first;
drop rule audit_is_kept on private.audit;
drop trigger orders_noted on shop.orders;
drop function shop.note_change();
drop view shop.trees, shop.open_orders;
drop index shop.orders_by_customer;
drop statistics shop.order_stats;
drop materialized view shop.sales;
alter table shop.orders_first set schema private;
drop table private.orders_first;
