"""What several kinds of tests share: temporary servers, a running site, a client that speaks as a person."""
