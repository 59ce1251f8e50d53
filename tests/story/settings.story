# How the business runs: the switch above all policies, asking or requiring, how far a serial is unique.

product PHONE 500.00 in-out "Pixel 9"
product CABLE 5.00 out "USB-C cable"
product WATCH 200.00 in-out "Watch"
product PLUG 3.00 out "Plug"
product CASE 10.00 off "Bumper case"
combination SET 505.00 PHONE*1 CABLE*1 "Set"
operator ana cashier
T1 open 0.00                                            -> applied
T1 stock-in PHONE A1..A4                                -> applied

# Serials that go out only are asked for; the shop may require them.
T1 sell CABLE*1                                         -> applied
settings serials-at-sale require                        -> applied
T1 sell CABLE*1                                         -> serials_missing "USB-C cable needs 1"
T1 sell CABLE*2 C1                                      -> serials_missing
T1 sell SET*1 PHONE:A1                                  -> serials_missing "USB-C cable"
T1 sell SET*1 PHONE:A1 CABLE:C1                         -> applied
T1 sell CASE*1                                          -> applied
settings serials-at-sale ask                            -> applied
T1 sell CABLE*1                                         -> applied

# The global switch off: no serial rule holds, serials are kept for reference.
settings serial-control off                             -> applied
T1 sell PHONE*1                                         -> applied
T1 stock-in PHONE*3                                     -> applied
T1 sell PHONE*1 Z9                                      -> applied
T1 sell PHONE*1 A1                                      -> applied
expect unit PHONE A1 stocked-out undisputed
hub T2 sell PHONE*1 A1                                  -> applied
expect conflicts PHONE A1 0
settings serial-control off serials-at-sale require     -> applied
T1 sell CABLE*1                                         -> applied
settings serial-control on serials-at-sale ask          -> applied
T1 sell PHONE*1                                         -> serials_missing
T1 sell PHONE*1 A1                                      -> already_sold

# Unique over the whole merchant: at the door in, and at the door out of what never came in.
T1 stock-in WATCH A2                                    -> applied
settings serial-scope merchant                          -> applied
T1 stock-in WATCH A3                                    -> already_in_stock "A3 of PHONE"
T1 stock-in PHONE M1 WATCH*1 M1                         -> already_in_stock "M1 of Pixel 9"
T1 stock-in PHONE M1                                    -> applied
T1 stock-in PHONE M1                                    -> already_in_stock
T1 sell CABLE*1 M1                                      -> wrong_sku "M1 is a unit of PHONE, not of USB-C cable"
T1 sell CABLE*1 N1 PLUG*1 N1                            -> duplicate_in_sale
T1 sell CABLE*1 N1                                      -> applied
T1 sell PLUG*1 N1                                       -> wrong_sku
T1 sell PHONE*1 M1                                      -> applied
# Units that bore the same serial before the setting go their ways.
T1 sell PHONE*1 A2 WATCH*1 A2                           -> applied
# What happened elsewhere is written down all the same.
hub T2 sell PLUG*1 N1                                   -> applied
expect unit PLUG N1 stocked-out
expect unit CABLE N1 undisputed
settings serial-scope sku                               -> applied
T1 sell CABLE*1 A3                                      -> applied
