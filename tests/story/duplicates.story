# A unit leaves once. At the till a second time is refused; a second time that has happened already
# is kept, and disputed until a person decides.

product PHONE 500.00 in-out "Pixel 9"
product CASE 10.00 off
product CABLE 5.00 out
combination SET 505.00 PHONE*1 CASE*1
operator ana cashier

T1 open 100.00                                          -> applied
T2 open 50.00                                           -> applied
T1 stock-in PHONE A1..A4                                -> applied
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
expect stock PHONE main 2
expect till T1 drawer 1100.00 sales 2 units 2 receipts 2 first T1-3 last T1-4

# Sold elsewhere without knowing: both documents stand, one conflict for each further use.
hub T2 sell PHONE*1 A1                                  -> conflict PHONE A1
hub again                                               -> duplicate
expect unit PHONE A1 stocked-out disputed left T1-3
expect conflicts PHONE A1 1
expect conflict PHONE A1 first T1-3 second T2-2 terminal T2
expect stock PHONE main 1
hub T3 sell PHONE*1 A1                                  -> conflict PHONE A1
expect conflicts PHONE A1 2
expect conflict PHONE A1 first T1-3 second T3-1 terminal T3
