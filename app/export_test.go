package app

// NewWithUpgrades is New with other upgrades than those of this binary: the one before it, or the next.
var NewWithUpgrades = newWithUpgrades
