-- Roles that are members of roles, and who is who.
create role fold_group;
create role fold_one;
create role fold_two;
grant fold_group to fold_one with admin option;
revoke admin option for fold_group from fold_one;
grant fold_group to fold_two;
alter group fold_group drop user fold_two;
alter group fold_group add user fold_two;
set session authorization fold_one;
set role fold_group;
reset role;
reset session authorization;
create table of_whom (a int);

-- Who may make roles passes them on
create role fold_maker createrole;
set role fold_maker;
create role fold_made;
grant fold_made to fold_one;
reset role;
