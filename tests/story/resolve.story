# A person decides a double use: which sale was wrong, and what happened there in truth.

product PHONE 500.00 in-out "Pixel 9"
product CABLE 5.00 out "USB-C cable"
product PLUG 3.00 out "Plug"
operator ana cashier
operator sam supervisor
operator max admin
operator eve supervisor inactive

hub T1 open 100.00                                      -> applied
hub T2 open 50.00                                       -> applied
hub T3 open 50.00                                       -> applied
hub T1 stock-in PHONE A1..A9 B1..B9                     -> applied
hub T1 sell PHONE*1 A1                                  -> applied
hub T2 sell PHONE*1 A1                                  -> conflict PHONE A1

# Who may, and what must be said.
T1 resolve PHONE A1 of T2-2 wrong T2-2 mis-scan         -> not_permitted "resolve a conflict"
T1 resolve PHONE A1 of T2-2 wrong T2-2 mis-scan by eve  -> not_permitted
T1 resolve PHONE A1 of T2-2 wrong T2-2 mis-scan by sam reason "" -> reason_missing
T1 resolve PHONE A1 of T2-2 wrong T2-2 mis-scan by sam reason "  " -> reason_missing
T1 resolve PHONE A1 of T2-2 wrong T2-2 mis-scan by sam reason nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn -> reference_too_long "1000"
T1 resolve PHONE A1 of T1-3 wrong T1-3 mis-scan by sam  -> unknown_conflict "No conflict of that document over A1"
T1 resolve PHONE A2 of T2-2 wrong T2-2 mis-scan by sam  -> unknown_conflict
T1 resolve CABLE A1 of T2-2 wrong T2-2 mis-scan by sam  -> unknown_conflict
T1 resolve PHONE A1 of T2-2 wrong T1-2 mis-scan by sam  -> not_in_conflict "does not claim A1"
T1 resolve PHONE A1 of T2-2 wrong T9-9 mis-scan by sam  -> not_in_conflict
expect unit PHONE A1 disputed left T1-3
expect conflicts PHONE A1 1 open 1

# The second sale misread the serial, and nobody knows what left: the first one has the unit.
T1 resolve PHONE A1 of T2-2 wrong T2-2 mis-scan by sam reason "label torn" -> applied
again                                                   -> duplicate
expect unit PHONE A1 stocked-out undisputed disputes 0 left T1-3
expect conflict PHONE A1 first T1-3 second T2-2 mis-scan wrong T2-2 right T1-3 by sam reason "label torn"
expect conflicts PHONE A1 1 open 0
expect stock PHONE main 16
T1 resolve PHONE A1 of T2-2 wrong T1-3 mis-scan by sam  -> conflict_resolved "was resolved already, by sam"
hub T2 resolve PHONE A1 of T2-2 wrong T2-2 mis-scan by sam -> conflict_resolved
T1 sell PHONE*1 A1                                      -> already_sold "document T1-3"

# The first sale took another unit in truth: it is stocked out by it, the second one has this unit.
hub T1 sell PHONE*1 A2@1                                -> applied
hub T2 sell PHONE*1 A2@1                                -> conflict PHONE A2
T1 resolve PHONE A2 of T2-3 wrong T1-4 reassign A2 by max -> serial_unchanged "A2 is the serial number in dispute"
T1 resolve PHONE A2 of T2-3 wrong T1-4 reassign A1 by max -> already_sold "document T1-3"
T1 resolve PHONE A2 of T2-3 wrong T1-4 reassign Z1 by max -> unknown_serial "Z1 was never received as Pixel 9"
T1 resolve PHONE A2 of T2-3 wrong T1-4 reassign A3 ok-by sam -> applied
expect unit PHONE A2 undisputed left T2-3
expect unit PHONE A3 stocked-out left T1-4 came T1-2
expect conflict PHONE A2 reassigned A3 wrong T1-4 right T2-3 by sam believed 1 first-believed 1
expect stock PHONE main 14
T1 sell PHONE*1 A3                                      -> already_sold "document T1-4"

# The second sale is taken back: one more is in stock, whichever it is.
hub T1 sell PHONE*1 A4                                  -> applied
hub T2 sell PHONE*1 A4                                  -> conflict PHONE A4
expect stock PHONE main 12
T1 resolve PHONE A4 of T2-4 wrong T2-4 refund by sam    -> applied
expect unit PHONE A4 stocked-out undisputed left T1-5
expect stock PHONE main 13
# Or the first, into another shop.
hub T1 sell PHONE*1 A5                                  -> applied
hub T2 sell PHONE*1 A5                                  -> conflict PHONE A5
T1 resolve PHONE A5 of T2-5 wrong T1-6 refund at depot by sam -> applied
expect unit PHONE A5 stocked-out undisputed left T2-5
expect conflict PHONE A5 refunded depot right T2-5
expect stock PHONE main 11
expect stock PHONE depot 1

# Three sales: the unit is free of dispute when both conflicts are resolved.
hub T1 sell PHONE*1 A6                                  -> applied
hub T2 sell PHONE*1 A6                                  -> conflict PHONE A6
hub T3 sell PHONE*1 A6                                  -> conflict PHONE A6
T1 resolve PHONE A6 of T3-2 wrong T3-2 mis-scan by sam  -> applied
expect unit PHONE A6 disputed disputes 1 left T1-7
T1 sell PHONE*1 A6                                      -> disputed_unit
T1 resolve PHONE A6 of T2-6 wrong T2-6 mis-scan by sam  -> applied
expect unit PHONE A6 undisputed left T1-7
expect conflicts PHONE A6 2 open 0

# The first sale struck off: the conflict that remains is between the two others.
hub T1 sell PHONE*1 A7                                  -> applied
hub T2 sell PHONE*1 A7                                  -> conflict PHONE A7
hub T3 sell PHONE*1 A7                                  -> conflict PHONE A7
T1 resolve PHONE A7 of T2-7 wrong T1-8 reassign B1 by sam -> applied
expect unit PHONE A7 disputed disputes 1 left T2-7
T1 resolve PHONE A7 of T3-3 wrong T1-8 mis-scan by sam  -> not_in_conflict
T1 resolve PHONE A7 of T3-3 wrong T2-7 reassign B2 by sam -> applied
expect unit PHONE A7 undisputed left T3-3
expect conflict PHONE A7 of T3-3 first T1-8 wrong T2-7 right T3-3 reassigned B2
expect unit PHONE B1 stocked-out left T1-8
expect unit PHONE B2 stocked-out left T2-7
# A fourth sale begins again.
hub T1 sell PHONE*1 A7                                  -> conflict PHONE A7
expect conflict PHONE A7 first T3-3 second T1-9 open
expect unit PHONE A7 disputed disputes 1

# A chain: the unit that a sale took in truth is claimed by yet another.
hub T1 sell PHONE*1 A8                                  -> applied
hub T2 sell PHONE*1 A8                                  -> conflict PHONE A8
T1 resolve PHONE A8 of T2-8 wrong T2-8 reassign B3 by sam -> applied
hub T3 sell PHONE*1 B3                                  -> conflict PHONE B3
expect conflict PHONE B3 first T2-8 second T3-4 open first-believed none
T1 resolve PHONE B3 of T3-4 wrong T2-8 reassign B4 by sam -> applied
expect unit PHONE B3 undisputed left T3-4
expect unit PHONE B4 stocked-out left T2-8
T1 resolve PHONE B3 of T3-4 wrong T3-4 reassign B5 by sam -> conflict_resolved
expect unit PHONE B5 in-stock

# Somebody sold meanwhile what was to be the true unit: the conflict stays open, and a person looks again.
hub T1 sell PHONE*1 A9                                  -> applied
hub T2 sell PHONE*1 A9                                  -> conflict PHONE A9
hub T3 sell PHONE*1 B6                                  -> applied
hub T2 resolve PHONE A9 of T2-9 wrong T2-9 reassign B6 by sam -> already_sold
expect unit PHONE A9 disputed left T1-11
hub T2 resolve PHONE A9 of T2-9 wrong T2-9 reassign B7 by nobody -> applied
expect unit PHONE A9 undisputed left T1-11

# Serials that are only recorded on the way out need not be known.
hub T1 sell CABLE*1 C1                                  -> applied
hub T2 sell CABLE*1 C1                                  -> conflict CABLE C1
T1 resolve CABLE C1 of T2-10 wrong T2-10 reassign C2 by sam -> applied
expect unit CABLE C2 stocked-out never-came left T2-10 at main
hub T3 sell CABLE*1 C2                                  -> conflict CABLE C2
T1 resolve CABLE C2 of T3-6 wrong T3-6 reassign C1 by sam -> already_sold
# Where serials are unique across SKUs, they stay so.
hub T1 sell PLUG*1 P1                                   -> applied
settings serial-scope merchant
T1 resolve CABLE C2 of T3-6 wrong T3-6 reassign P1 by sam -> wrong_sku "P1 is a unit of PLUG, not of USB-C cable"
T1 resolve CABLE C2 of T3-6 wrong T3-6 reassign C3 by sam -> applied
expect unit CABLE C3 stocked-out left T3-6
