# What has happened elsewhere is written down: what was carried out of the door is out, and what was
# paid is booked. Rights, prices and policies were judged where it happened.

product PHONE 500.00 in-out "Pixel 9"
product CASE 10.00 off
operator ana cashier
operator pia picker

# Without a shift known here, by somebody with no right here, at another price, not fully numbered.
hub T1 sell CASE*1 price 7.00 by pia                    -> applied
expect till T1 receipts 1 shut
hub T1 open 20.00 by pia                                -> applied
hub T1 sell CASE*2 discount 3.00 by nobody              -> applied
hub T1 sell CASE*1 cash 2.00                            -> applied
hub T1 sell PHONE*1                                     -> applied
expect till T1 receipts 4 sales 3
expect stock CASE main -4

# A unit that was never registered here has left all the same, and the sale keeps its place and money.
hub T1 sell PHONE*1 N1                                  -> applied
expect unit PHONE N1 stocked-out never-came left T1-6
expect stock PHONE main -2
hub T2 sell PHONE*1 N1                                  -> conflict PHONE N1
hub T1 stock-in PHONE N1                                -> already_sold
hub T1 sell PEN*1 P1 price 1.00                         -> applied
expect unit PEN P1 stocked-out

# Neither defects nor another warehouse bring a unit back that is gone.
T1 stock-in PHONE D1 defective at depot                 -> applied
hub T1 sell PHONE*1 D1                                  -> applied
expect unit PHONE D1 at main
expect unit PHONE D1 stocked-out defective

# A list is no proof that units left: it waits for a person where it contradicts the books.
hub T2 stock-in PHONE E1 E2                             -> applied
hub T3 stock-in PHONE E2 E3                             -> already_in_stock "E2 of Pixel 9"
expect unit PHONE E3 none
hub T3 edit PHONE E9 defective                          -> unknown_serial

# Sums that no terminal can write are not booked.
hub T1 sell CASE*0 unpaid                               -> quantity_zero
hub T1 sell CASE*1 discount 11.00 unpaid                -> discount_too_large
hub T1 close 30.00 by pia                               -> applied
hub T1 close 30.00                                      -> no_shift
