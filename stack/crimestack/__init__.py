"""The local stack: real servers, fetched from package registries, started and stopped as plain processes.

A reader may follow an `up`: main → prerequisites → pieces, fetch → ports → settings → boot → the servers
(kafka, flink, postgres, elasticsearch), each a process (process, launch).
"""
