"""Study ``transfer``: does pre-training make small data enough?"""
