DROP INDEX comments_by_video_id;

ALTER TABLE comments
  ALTER COLUMN created_at TYPE timestamp,
  ALTER COLUMN updated_at TYPE timestamp;
