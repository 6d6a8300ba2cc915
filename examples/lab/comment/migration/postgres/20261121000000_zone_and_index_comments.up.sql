-- A time without a zone was taken in the server's zone, which is also that of this conversion.
ALTER TABLE comments
  ALTER COLUMN created_at TYPE timestamptz,
  ALTER COLUMN created_at SET DEFAULT now(),
  ALTER COLUMN updated_at TYPE timestamptz,
  ALTER COLUMN updated_at SET DEFAULT now();

CREATE INDEX comments_by_video_id ON comments (video_id, created_at, id);
