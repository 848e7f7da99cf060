"""The guided demonstration (演示导览): eight steps in the order of a talk, each really happening on a platform."""
