alter table people drop column born;
