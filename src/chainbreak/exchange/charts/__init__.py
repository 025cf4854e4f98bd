"""Charts (图表) as SVG and PNG, made here without a browser: for pages, for files, for print.

`chart.Chart` is a frame with two axes to which bars, lines, bands, steps, dots and rules are added; `curves` has the
ready drawings of the analyst's desk. Every mark carries its numbers as a title, every chart a title and a description;
a table of the same numbers belongs beside it. Two looks: `page` takes colours from the style sheet (both themes),
`file` brings its own and reads in black and white. `picture.png` makes a PNG.
"""
