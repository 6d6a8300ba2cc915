-- The version and the table of the original lab, so that its database goes on from here.
CREATE TABLE comments (
  id         uuid      PRIMARY KEY DEFAULT gen_random_uuid(),
  video_id   text      NOT NULL,
  content    text      NOT NULL,
  created_at timestamp NOT NULL DEFAULT now(),
  updated_at timestamp NOT NULL DEFAULT now()
);
