"""A lesson's two parts as quoted-printable, without encoding all of them for each reader. See README.md."""
