"""What leaves the site by itself: messages to other programs, and mails that tell people what is new."""
