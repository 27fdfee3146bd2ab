"""Study ``practice``: do the texts' rules of practice hold, on size, tuning, errors and fooled networks?"""
