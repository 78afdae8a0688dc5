"""What the browser gets: the map's page, style, scripts and coastlines, and the script that makes the coastlines."""
