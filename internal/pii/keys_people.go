package pii

// peopleKeys name persons, accounts and places.
var peopleKeys = []keyRow{}
