# A unit leaves once. At the till a second time is refused; a second time that has happened already
# is kept, and disputed until a person decides.

product PHONE 500.00 in-out "Pixel 9"
product CABLE 5.00 out
product CASE 10.00 off
combination SET 505.00 PHONE*1 CASE*1
operator ana cashier

T1 open 100.00                                          -> applied
T2 open 50.00                                           -> applied
T1 stock-in PHONE A1..A6                                -> applied
T1 sell PHONE*1 A1 cash 600.00                          -> applied
T2 sell PHONE*1 A1                                      -> already_sold "document T1-3"
T2 sell SET*1 PHONE:A1                                  -> already_sold
expect conflicts PHONE A1 0
expect unit PHONE A1 stocked-out undisputed left T1-3

# The same confirmation twice is one sale; the same id for another sale is kept aside.
again                                                   -> already_sold
T1 sell PHONE*1 A2                                      -> applied
again                                                   -> duplicate
hub again                                               -> duplicate
T1 sell PHONE*1 A3 same-id                              -> id_reused
expect unit PHONE A3 in-stock
expect stock PHONE main 4
expect till T1 drawer 1100.00 sales 2 units 2 receipts 2 first T1-3 last T1-4

# Sold elsewhere without knowing: both documents stand, one conflict for each further use.
hub T2 sell PHONE*1 A1                                  -> conflict PHONE A1
hub again                                               -> duplicate
expect unit PHONE A1 stocked-out disputed left T1-3
expect conflicts PHONE A1 1
expect conflict PHONE A1 first T1-3 second T2-2 terminal T2
expect stock PHONE main 3
expect till T2 drawer 550.00 sales 1 receipts 1
hub T3 sell PHONE*1 A1                                  -> conflict PHONE A1
expect conflicts PHONE A1 2
expect conflict PHONE A1 first T1-3 second T3-1 terminal T3
T1 sell PHONE*1 A1                                      -> disputed_unit "A1 is disputed: two documents claim it"

# Of several units only those used twice are in conflict; the others leave.
hub T2 sell PHONE*3 A2 A3 A4                            -> conflict PHONE A2
expect unit PHONE A2 disputed left T1-4
expect unit PHONE A3 undisputed left T2-3
expect unit PHONE A4 undisputed left T2-3
expect conflicts PHONE A3 0
hub T3 sell PHONE*2 A3 A4                               -> conflict PHONE A3 PHONE A4

# A sale that names a unit twice is one use of it; of a unit gone before, one conflict.
hub T2 sell PHONE*2 A5 A5                               -> applied
expect unit PHONE A5 stocked-out undisputed
hub T3 sell PHONE*1 A5 PHONE*1 A5                       -> conflict PHONE A5
expect conflicts PHONE A5 1

# In a combination the same rule holds.
hub T2 sell SET*1 PHONE:A6                              -> applied
hub T3 sell SET*1 PHONE:A6                              -> conflict PHONE A6
expect conflict PHONE A6 terminal T3

# Serials that are only recorded on the way out leave once too; those kept for reference do not matter.
hub T2 sell CABLE*1 C1                                  -> applied
hub T3 sell CABLE*1 C1                                  -> conflict CABLE C1
hub T2 sell CASE*1 X1                                   -> applied
hub T3 sell CASE*1 X1                                   -> applied
expect unit CASE X1 undisputed
expect conflicts CASE X1 0
