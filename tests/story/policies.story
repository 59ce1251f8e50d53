# How strictly a SKU's serials are kept: in and out, only out, or off.

product PHONE 500.00 in-out "Pixel 9"
product CABLE 5.00 out "USB-C cable"
product CASE 10.00 off "Bumper case"
product OLD 1.00 off "Tape deck" inactive
operator ana cashier
T1 open 100.00                                          -> applied

# In and out: registered when it comes, complete and in stock when it goes.
T1 stock-in PHONE*2 A1                                  -> serials_missing "Pixel 9 needs 2 serial numbers, 1 are entered"
T1 stock-in PHONE*2                                     -> serials_missing
T1 stock-in PHONE*1 A1 A2                               -> serials_too_many
T1 stock-in PHONE*3 A1 A2 A3                            -> applied
expect unit PHONE A1 in-stock good at main came T1-2 never-left
expect stock PHONE main 3
T1 sell PHONE*1                                         -> serials_missing "needs 1 serial numbers, 0"
T1 sell PHONE*2 A1                                      -> serials_missing
T1 sell PHONE*1 A1 A2                                   -> serials_too_many "has its 1 serial numbers already"
T1 sell PHONE*1 B9                                      -> unknown_serial "B9 was never received as Pixel 9"
T1 sell PHONE*1 a1                                      -> unknown_serial
T1 sell PHONE*2 A1 A1                                   -> duplicate_in_sale "A1"
T1 sell PHONE*1 A1 PHONE*1 A1                           -> duplicate_in_sale
T1 sell PHONE*2 A1 A2                                   -> applied
expect unit PHONE A2 stocked-out left T1-3 came T1-2
expect stock PHONE main 1
T1 sell PHONE*1 A2                                      -> already_sold "document T1-3"

# Only out: nothing is registered before, serials may be left out, each leaves once.
T1 stock-in CABLE*10                                    -> applied
T1 sell CABLE*2                                         -> applied
T1 sell CABLE*3 C1 C2                                   -> applied
expect unit CABLE C1 stocked-out never-came left T1-6
expect stock CABLE main 5
T1 sell CABLE*1 C1                                      -> already_sold "document T1-6"
T1 sell CABLE*1 C3 C4                                   -> serials_too_many
T1 stock-in CABLE*2 C7                                  -> applied
expect unit CABLE C7 in-stock came T1-7
T1 sell CABLE*1 C7                                      -> applied
expect unit CABLE C7 stocked-out came T1-7 left T1-8

# Off: serials for reference, no rule about them but that one stands once in a document.
T1 stock-in CASE*5                                      -> applied
T1 sell CASE*2 X1                                       -> applied
T1 sell CASE*1 X1                                       -> applied
expect unit CASE X1 stocked-out undisputed left T1-11
T1 sell CASE*2 X2 X2                                    -> duplicate_in_sale
T1 sell CASE*1 X2 X3                                    -> serials_too_many
expect stock CASE main 2

# Two SKUs may bear the same serial.
T1 sell CABLE*1 A3 PHONE*1 A3                           -> applied
expect unit PHONE A3 stocked-out
expect unit CABLE A3 stocked-out

# What is not in the catalogue, or no longer sold.
T1 sell PEN*1 price 1.00                                -> unknown_sku "PEN"
T1 sell OLD*1                                           -> product_inactive "Tape deck"
T1 stock-in PEN*1                                       -> unknown_sku
T1 stock-in OLD*1                                       -> applied
T1 sell PHONE*1 CASE:Y1                                 -> wrong_sku "Y1 is a unit of Bumper case, not of Pixel 9"
T1 sell PHONE*1 PEN:Y1                                  -> unknown_sku

# Goods may leave before the books know them.
T1 sell CASE*9                                          -> applied
expect stock CASE main -7
