"""The console command and the supervisor."""
