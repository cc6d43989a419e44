"""What stands between the sockets and the pages: no thread is taken before a request is whole, or while it is sent."""
