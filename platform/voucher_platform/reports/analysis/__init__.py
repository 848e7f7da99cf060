"""The written analysis: sentences made from figures by rules, each naming the figures it prints and no other number."""
