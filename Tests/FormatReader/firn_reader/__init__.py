"""A second, independent reader of Firn's repository format 1, written from FORMAT.md alone.

It shares no code with Firn. It favours being plainly comparable with the page over speed, and refuses whatever the
page says a reader refuses.
"""
