comment on column profiles.biography is 'What somebody says of themselves';
