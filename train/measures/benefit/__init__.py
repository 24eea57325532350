"""Do synthetic reviews help a small classifier that lacks reviews of one star?"""
