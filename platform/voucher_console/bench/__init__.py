"""The test bench as a child process: started by its command line, read by the files it writes. Nothing is imported."""
