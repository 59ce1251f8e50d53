# A unit that is known to be elsewhere, or of which nothing was heard for long: sold, asked about or
# refused, as the shop has it.

product PHONE 500.00 in-out "Pixel 9"
product CABLE 5.00 out "USB-C cable"
product CASE 10.00 off
operator ana cashier
T1 open 0.00                                            -> applied
T1 stock-in PHONE A1..A9                                -> applied
T1 stock-in PHONE D1..D9 at depot                       -> applied
T1 stock-in CASE X1 at depot                            -> applied

# Elsewhere is refused, unless the shop says otherwise; a yes does not help.
T1 sell PHONE*1 D1                                      -> other_warehouse "D1 belongs to warehouse depot"
T1 sell PHONE*1 D1!                                     -> other_warehouse
settings elsewhere ask
T1 sell PHONE*1 D1                                      -> ask_elsewhere "D1 is known to be in warehouse depot"
T1 sell PHONE*2 D1! D2                                  -> ask_elsewhere "D2"
T1 sell PHONE*1 D1!                                     -> applied
# What was sold here was here.
expect unit PHONE D1 stocked-out at main left T1-5
settings elsewhere allow
T1 sell PHONE*1 D2                                      -> applied
expect unit PHONE D2 at main
settings elsewhere block
hub T2 sell PHONE*1 D3                                  -> applied
expect unit PHONE D3 stocked-out at main left T2-1
# A second sale elsewhere moves nothing: it is in dispute which of the two had the unit.
hub T2 sell PHONE*1 D3 at depot as T2-2                 -> conflict PHONE D3
expect unit PHONE D3 at main
T1 sell CASE*1 X1                                       -> applied

# Old knowledge counts from the set age on, and never where none is set.
T1 sell PHONE*1 A1 age 100000                           -> applied
settings stale-after 60
T1 sell PHONE*1 A2 age 59                               -> applied
T1 sell PHONE*1 A3 age 60                               -> ask_stale "last heard from the hub 60 minutes ago. A3 may have been sold"
T1 sell PHONE*1 A3! age 60                              -> applied
settings stale block
T1 sell PHONE*1 A4 age 300                              -> stale_knowledge "5 hours ago. A4 may have been sold elsewhere"
T1 sell PHONE*1 A4! age 300                             -> stale_knowledge
settings stale allow
T1 sell PHONE*1 A4 age 300                              -> applied

# It is asked of every unit with a rule, known or not, and of no other.
settings stale ask
T1 sell CABLE*1 age 90                                  -> applied
T1 sell CABLE*1 C1 age 90                               -> ask_stale "C1"
T1 sell CASE*1 X2 age 90                                -> applied
# What is wrong anyhow is not asked about; what is elsewhere is asked first, and one yes is enough.
T1 sell PHONE*1 Z1 age 90                               -> unknown_serial
T1 sell PHONE*1 A4 age 90                               -> already_sold
T1 sell PHONE*1 D4 age 90                               -> other_warehouse
settings elsewhere ask
T1 sell PHONE*1 D4 age 90                               -> ask_elsewhere
T1 sell PHONE*1 D4! age 90                              -> applied
# What has happened elsewhere is asked about no more.
hub T2 sell PHONE*2 D5 A5 age 90                        -> applied
