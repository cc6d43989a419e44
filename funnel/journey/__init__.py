"""Sign-up, enrolment, what is due, and the one door out."""
