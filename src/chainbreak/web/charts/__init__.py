"""The charts of the analyst's desk (分析图): for each its sentence, its drawing, the numbers behind it; begin with `question`.

Small numbers say so instead of drawing a curve.
"""
