"""A simulated Guanghan: people, merchants, tills, their timetables and the truth about them.

Nobody here exists. Every number that could belong to a person or a firm is drawn from a range that no
authority hands out (see `merchant_sim.people` and `merchant_sim.merchants`).
"""
