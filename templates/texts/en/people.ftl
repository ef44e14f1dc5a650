# People: what their pages have in common.
people-title = People
people-back-to-account = Back to the account
