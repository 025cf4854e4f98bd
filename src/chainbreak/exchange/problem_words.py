"""The closed list of import problems: how grave each is, what it says, what to do (问题清单)."""

from chainbreak.exchange.store.words import STORING


def _(words: str) -> str:
    """Marks words for translation; they are translated when shown, so that this file needs no settings."""
    return words


# Facts that are words themselves: value -> words
FACTS: dict[str, str] = {
    "dmy": _("day/month/year"),
    "mdy": _("month/day/year"),
    "ymd": _("year/month/day"),
    "unix": _("days since 1970-01-01"),
    "excel": _("Excel day numbers"),
}

# A file that is no table: code -> (what, next step)
UNREADABLE: dict[str, tuple[str, str]] = {
    "file_absent": (_("There is no such file."), _("Check the name and the folder.")),
    "file_is_folder": (
        _("This is a folder, not a file."),
        _("Name one file inside it."),
    ),
    "file_not_permitted": (
        _("The file may not be opened by this account."),
        _("Ask its owner for the right to read."),
    ),
    "file_empty": (_("The file is empty."), _("Ask the sender to send it again.")),
    "genome_absent": (
        _("There is no genome %(id)s in it that could be compared."),
        _("Name one that is in the file."),
    ),
    "fasta_no_header": (
        _("Line %(line)s: “%(found)s” stands before the first line that begins with >."),
        _("Give a FASTA file: a line with > and the name, then the letters."),
    ),
    "fasta_no_name": (_("Line %(line)s: > without a name."), _("Name the genome after the >.")),
    "fasta_no_base": (
        _("Line %(line)s: “%(found)s” is no letter of a genome."),
        _("Give the bases (A, C, G, T, N …), not proteins and not another file."),
    ),
    "zip_without_fasta": (
        _("The ZIP holds no FASTA file: %(found)s."),
        _("Put the genomes (.fasta) and the table about them into one ZIP."),
    ),
    "zip_of_tables": (
        _("The ZIP holds more than one table: %(found)s."),
        _("Leave one table beside the FASTA files."),
    ),
    "file_is_pdf": (
        _("This is a PDF, whatever its name says."),
        _("Ask for the table as XLSX or CSV."),
    ),
    "file_is_picture": (
        _("This is a picture, whatever its name says."),
        _("Ask for the table as XLSX or CSV."),
    ),
    "file_is_html": (
        _("This is a web page, whatever its name says."),
        _("Open it in a spreadsheet program and save it as XLSX."),
    ),
    "file_is_old_excel": (
        _("This is an Excel 97-2003 workbook (.xls)."),
        _("Open it and save it as XLSX; the old format cuts off after 65,536 rows."),
    ),
    "file_password": (
        _("The workbook is protected by a password."),
        _("Save it without the password, or ask the sender to."),
    ),
    "file_is_archive": (
        _("This is an archive or a document of another kind (%(kind)s), not a table."),
        _("Unpack it, or save the table as XLSX or CSV."),
    ),
    "file_is_json": (
        _("This is JSON, not a table."),
        _("Ask for the table as XLSX or CSV."),
    ),
    "file_is_binary": (
        _("This is not a text file and not a known kind of table."),
        _("Ask for XLSX or CSV."),
    ),
    "file_damaged": (
        _("The file is damaged: %(reason)s."),
        _("Ask the sender to send it again."),
    ),
    "encoding_wrong": (
        _("The file cannot be read as %(encoding)s: byte %(position)s does not fit."),
        _("Leave the encoding open or name another one."),
    ),
    "sheet_absent": (
        _("There is no sheet “%(sheet)s”."),
        _("The sheets are: %(sheets)s."),
    ),
    "no_columns": (
        _("No row of column names was found."),
        _("The first row must name at least two columns."),
    ),
    "column_absent": (
        _("There is no column %(column)s."),
        _("The columns are: %(found)s. Name the one that holds it so."),
    ),
    "column_double": (_("The column %(column)s is there twice."), _("Rename or remove one of them.")),
    "row_of_other_length": (
        _("Line %(line)s has %(got)s cells, but the header has %(wanted)s."),
        _("Correct the line."),
    ),
    "cell_empty": (_("Line %(line)s, column %(column)s: the cell is empty."), _("Fill it in or remove the row.")),
    "cell_not_number": (
        _("Line %(line)s, column %(column)s: “%(value)s” is not a number."),
        _("Correct the cell."),
    ),
    "cell_not_whole": (
        _("Line %(line)s, column %(column)s: “%(value)s” is not a whole number."),
        _("Correct the cell."),
    ),
    "cell_too_small": (
        _("Line %(line)s, column %(column)s: %(value)s is less than %(least)s."),
        _("Correct the cell."),
    ),
    "cell_not_date": (
        _("Line %(line)s, column %(column)s: “%(value)s” cannot be read as a date."),
        _("Write it like 2022-03-24, or like 2022-03-24 15:00 with a time."),
    ),
    "cell_not_of_format": (
        _("Line %(line)s, column %(column)s: “%(value)s” is not a date of the form %(format)s."),
        _("Correct the cell, or name another form."),
    ),
    "date_order_open": (
        _("Column %(column)s: %(example)s can be %(readings)s."),
        _("Write the dates like 2022-03-24, or say the form of the dates where the command has an option for it."),
    ),
    "required_column_missing": (
        _("No column gives %(fields)s."),
        _("Name it in a mapping file. The file has these columns: %(columns)s."),
    ),
    "mapping_absent": (
        _("There is no mapping “%(name)s”."),
        _("Ready mappings: %(known)s. Or give a file."),
    ),
    "mapping_invalid": (
        _("The mapping is not valid: %(reason)s."),
        _("See the import chapter of the manual."),
    ),
    "kind_unknown": (_("“%(kind)s” is not a kind of table."), _("Kinds: %(kinds)s.")),
}

_LOOK = _("Check the row with its sender.")
_SENDER = _("Correct it in the file and import again.")
_NOTHING = ""

# A finding: code -> (severity, what, next step)
PROBLEMS: dict[str, tuple[str, str, str]] = {
    # the file
    "encoding_guessed": (
        "warning",
        _("The encoding is not certain; read as %(encoding)s."),
        _("Look at a few names; name the encoding if they are wrong."),
    ),
    "no_header": (
        "warning",
        _("The first row looks like data, so the columns have no names."),
        _("Map them as “column 1”, “column 2” …"),
    ),
    "title_row": (
        "note",
        _("Line %(line)s is a title, not a record: “%(text)s”."),
        _NOTHING,
    ),
    "header_rows": ("note", _("The column names stand in lines %(lines)s."), _NOTHING),
    "total_row": (
        "note",
        _("Line %(line)s is a total, not a record: “%(text)s”."),
        _NOTHING,
    ),
    "empty_rows": ("note", _("%(count)s empty rows were passed over."), _NOTHING),
    "other_sheet": (
        "note",
        _("Sheet “%(sheet)s” with %(rows)s rows was not read."),
        _("Name the sheet to read it."),
    ),
    "duplicate_column": (
        "note",
        _("Two columns have the name “%(name)s”; the second is “%(new)s”."),
        _NOTHING,
    ),
    "unnamed_column": (
        "note",
        _("A column without a name is called “%(name)s”."),
        _NOTHING,
    ),
    "merged_cells": (
        "note",
        _("Merged cells were filled: %(count)s rows took the value of the row above."),
        _NOTHING,
    ),
    "no_rows": (
        "warning",
        _("The table has column names but no rows."),
        _("Ask the sender whether that is right."),
    ),
    "row_limit": (
        "warning",
        _("The file ends exactly at %(rows)s rows, the limit of a spreadsheet format: rows may have been cut off."),
        _("Ask the sender how many rows there should be."),
    ),
    "total_differs": (
        "warning",
        _("The sender's total says %(stated)s; %(rows)s records were read."),
        _("Ask the sender which is right."),
    ),
    "ragged_row_long": (
        "error",
        _("The row has %(found)s values, the header %(expected)s: a value may hold an unquoted separator."),
        _("Put the value in quotation marks and import again."),
    ),
    "ragged_row_short": (
        "warning",
        _("The row has %(found)s values, the header %(expected)s; the rest is taken as empty."),
        _LOOK,
    ),
    "unclosed_quote": (
        "error",
        _("A quotation mark is opened here and never closed."),
        _("Close or remove it and import again."),
    ),
    "formula_without_value": (
        "warning",
        _("The cell holds a formula whose value was never saved."),
        _("Open the workbook in a spreadsheet program, save it, and import again."),
    ),
    "excel_error": (
        "warning",
        _("The cell holds the spreadsheet error %(value)s."),
        _SENDER,
    ),
    # the columns
    "column_unmapped": (
        "note",
        _("The column is not known; its values are kept beside the record."),
        _NOTHING,
    ),
    "column_ambiguous": (
        "warning",
        _("This column and “%(other)s” could both be %(field)s; “%(other)s” is used."),
        _("Say in a mapping which one is meant."),
    ),
    "mapped_column_absent": (
        "warning",
        _("The mapping names this column, but the file does not have it."),
        _LOOK,
    ),
    "date_order_decided": (
        "note",
        _("Dates like “%(example)s” are read as %(order)s."),
        _NOTHING,
    ),
    "date_order_undecided": (
        "error",
        _("Dates like “%(example)s” can be %(readings)s, and nothing in the column decides; %(count)s rows wait."),
        _("Say day_first: true or false and import again."),
    ),
    "date_from_number": (
        "note",
        _("%(count)s numbers are read as %(epoch)s, like %(example)s."),
        _NOTHING,
    ),
    "year_assumed": (
        "note",
        _("%(count)s dates without a year are read in the year nearest to %(anchor)s."),
        _NOTHING,
    ),
    # the values
    "blanks_trimmed": ("note", _("Blanks around the value were removed."), _NOTHING),
    "full_width": (
        "note",
        _("Full-width characters were turned into plain ones."),
        _NOTHING,
    ),
    "date_unreadable": (
        "warning",
        _("“%(value)s” is not a date; the text is kept."),
        _SENDER,
    ),
    "date_incomplete": (
        "warning",
        _("“%(value)s” is not a whole date; the text is kept."),
        _SENDER,
    ),
    "date_impossible": (
        "warning",
        _("There is no such day: “%(value)s”; the text is kept."),
        _SENDER,
    ),
    "date_ambiguous": (
        "error",
        _("“%(value)s” can be %(readings)s."),
        _("Say day_first: true or false and import again."),
    ),
    "date_order_mixed": (
        "warning",
        _("“%(value)s” is read as %(reading)s, against the order of other dates in the column."),
        _LOOK,
    ),
    "year_missing": (
        "error",
        _("“%(value)s” has no year, and nothing in the file says which."),
        _("Say default_year and import again."),
    ),
    "date_in_future": ("warning", _("%(value)s lies in the future."), _SENDER),
    "date_out_of_period": (
        "warning",
        _("%(value)s lies outside the period of the outbreak."),
        _LOOK,
    ),
    "age_unreadable": (
        "warning",
        _("“%(value)s” is not an age; the text is kept."),
        _SENDER,
    ),
    "age_impossible": (
        "warning",
        _("“%(value)s” cannot be an age; the text is kept."),
        _SENDER,
    ),
    "age_in_words": ("note", _("The age “%(value)s” is read as %(age)s."), _NOTHING),
    "sex_unknown": (
        "warning",
        _("“%(value)s” is not known as a sex; the text is kept."),
        _("Say in the mapping what it means."),
    ),
    "word_unknown": (
        "warning",
        _("“%(value)s” is not a known word for %(field)s; the text is kept."),
        _("Say in the mapping what it means."),
    ),
    "number_unreadable": (
        "warning",
        _("“%(value)s” is not a number; the text is kept."),
        _SENDER,
    ),
    "number_implausible": ("warning", _("%(value)s is not plausible here."), _LOOK),
    "number_truncated": (
        "warning",
        _("A spreadsheet has rounded this long number; its last digits are lost."),
        _("Ask the sender to store it as text."),
    ),
    "ct_not_number": (
        "warning",
        _("The Ct value is a word: “%(value)s”; the text is kept."),
        _SENDER,
    ),
    "ct_implausible": (
        "warning",
        _("A Ct value of %(value)s is not plausible."),
        _LOOK,
    ),
    "id_number_missing": (
        "warning",
        _("The identity number is missing."),
        _("Add it when it is known."),
    ),
    "id_number_malformed": (
        "warning",
        _("The identity number does not have the form of one."),
        _SENDER,
    ),
    "id_check_digit": (
        "warning",
        _("The check digit of the identity number is wrong."),
        _SENDER,
    ),
    "id_birth_date": (
        "warning",
        _("The birth date inside the identity number is not possible."),
        _SENDER,
    ),
    "id_lower_case_x": (
        "note",
        _("The lower-case x of the identity number was made X."),
        _NOTHING,
    ),
    "address_outside": (
        "warning",
        _("The address lies outside the area of this command: %(area)s."),
        _LOOK,
    ),
    "address_unknown": ("warning", _("No known area was found in the address."), _LOOK),
    "address_ambiguous": (
        "warning",
        _("The address fits several areas: %(areas)s."),
        _LOOK,
    ),
    # values of one row against each other
    "missing_value": (
        "error",
        _("%(field)s is missing, and a record cannot do without it."),
        _SENDER,
    ),
    "onset_after_report": (
        "warning",
        _("Onset (%(onset)s) is after the report (%(report)s)."),
        _LOOK,
    ),
    "report_before_sampling": (
        "warning",
        _("The report (%(report)s) is before the sampling (%(sampling)s)."),
        _LOOK,
    ),
    "death_before_onset": (
        "warning",
        _("Death (%(death)s) is before onset (%(onset)s)."),
        _LOOK,
    ),
    "death_date_missing": (
        "warning",
        _("The person died, but there is no date of death."),
        _LOOK,
    ),
    "death_contradicts_outcome": (
        "warning",
        _("There is a date of death, but the outcome is “%(outcome)s”."),
        _LOOK,
    ),
    "exposure_reversed": (
        "warning",
        _("The exposure ends (%(until)s) before it begins (%(from)s)."),
        _LOOK,
    ),
    "exposure_after_onset": (
        "warning",
        _("The exposure begins (%(from)s) after onset (%(onset)s)."),
        _LOOK,
    ),
    "interval_reversed": (
        "error",
        _("It ends (%(until)s) before it begins (%(from)s)."),
        _SENDER,
    ),
    "age_contradicts_id": (
        "warning",
        _("The age %(age)s does not fit the identity number, which gives %(expected)s."),
        _LOOK,
    ),
    "age_contradicts_birth_date": (
        "warning",
        _("The age %(age)s does not fit the birth date, which gives %(expected)s."),
        _LOOK,
    ),
    "sex_contradicts_id": (
        "warning",
        _("The sex does not fit the identity number."),
        _LOOK,
    ),
    "birth_date_contradicts_id": (
        "warning",
        _("The birth date does not fit the identity number."),
        _LOOK,
    ),
    # rows against each other
    "duplicate_row": (
        "note",
        _("The row is the same as row %(other)s; it is taken once."),
        _NOTHING,
    ),
    "duplicate_id": (
        "error",
        _("The number %(id)s stands in rows %(rows)s with different contents; only row %(first)s is taken."),
        _("Ask the sender which is right, and give each person a number of their own."),
    ),
    "same_person": (
        "warning",
        _("The same person stands in row %(other)s (same name and identity number); this row is not taken twice."),
        _LOOK,
    ),
    "id_number_shared": (
        "warning",
        _("Row %(other)s has the same identity number under another name."),
        _LOOK,
    ),
    # links
    "dangling_link": (
        "warning",
        _("%(id)s is not in the line list."),
        _("Add the case, or correct the number."),
    ),
    "self_link": ("error", _("%(id)s is linked to itself."), _SENDER),
    "duplicate_link": (
        "note",
        _("The link stands in row %(other)s already."),
        _NOTHING,
    ),
    "link_cycle": (
        "warning",
        _("The links go round in a circle: %(ids)s."),
        _("Decide which link of the circle is wrong; until then none of them is a transmission."),
    ),
    "several_infectors": (
        "warning",
        _("%(id)s has several possible infectors: %(ids)s."),
        _("Assess the links."),
    ),
}

PROBLEMS |= STORING
