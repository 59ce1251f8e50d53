# Two tills without a network sell the same unit: both sales stay, and what each side knew is kept.

product PHONE 500.00 in-out "Pixel 9"
product CABLE 5.00 out
combination SET 505.00 PHONE*1 CABLE*1
operator ana cashier
operator sam supervisor

hub T1 open 100.00                                      -> applied
hub T2 open 50.00                                       -> applied
hub T1 stock-in PHONE A1..A4                            -> applied
hub T1 sell PHONE*1 A1@1 base 40                        -> applied
hub T2 sell PHONE*1 A1@1 base 38                        -> conflict PHONE A1
hub again                                               -> duplicate
expect unit PHONE A1 stocked-out disputed disputes 1 left T1-3
expect conflict PHONE A1 first T1-3 first-terminal T1 first-believed 1 first-base 40 open
expect conflict PHONE A1 second T2-2 terminal T2 believed 1 base 38
expect conflicts PHONE A1 1 open 1
expect stock PHONE main 2
expect till T1 drawer 600.00 sales 1
expect till T2 drawer 550.00 sales 1

# A till that never heard of the unit, nor of the hub.
hub T3 sell CABLE*1 C1                                  -> applied
hub T2 sell CABLE*1 C1                                  -> conflict CABLE C1
expect conflict CABLE C1 first-believed none first-base none first-terminal T3 believed none base none

# Three sales of one unit are two conflicts, each against the document that has the unit.
hub T3 sell SET*1 PHONE:A1@1 base 12                    -> conflict PHONE A1
expect unit PHONE A1 disputed disputes 2 left T1-3
expect conflict PHONE A1 of T3-2 first T1-3 second T3-2 base 12 open
expect conflicts PHONE A1 2 open 2
T1 sell PHONE*1 A1                                      -> disputed_unit "two documents claim it"

# One sale in conflict over two units.
hub T1 sell PHONE*2 A2 A3                               -> applied
hub T2 sell PHONE*2 A2 A3                               -> conflict PHONE A2 PHONE A3
expect conflicts PHONE A2 1 open 1
expect conflicts PHONE A3 1 open 1
expect unit PHONE A4 undisputed disputes 0
