package pii

// phoneLengths are the numbers of digits, calling code included, that numbers of a calling code have.
type phoneLengths struct{ min, max uint8 }

// phonePlans holds the calling codes in use (ITU-T E.164, annex to Operational Bulletin) and the lengths that national
// numbering plans give (ITU-T E.129, itu.int/oth/T0202). A code without a row of its own has three digits and the usual
// lengths.
var phonePlans = func() (t [1000]phoneLengths) {
	for _, r := range [][2]int{
		{211, 213},
		{216, 216},
		{218, 218},
		{220, 269},
		{290, 291},
		{297, 299},
		{350, 359},
		{370, 378},
		{380, 383},
		{385, 387},
		{389, 389},
		{420, 421},
		{423, 423},
		{500, 509},
		{590, 599},
		{670, 692},
		{850, 850},
		{852, 853},
		{855, 856},
		{880, 880},
		{886, 886},
		{960, 968},
		{970, 977},
		{992, 998},
		{800, 800},
		{870, 870},
		{881, 883},
	} {
		for c := r[0]; c <= r[1]; c++ {
			t[c] = phoneLengths{9, 14}
		}
	}
	for _, r := range []struct{ code, min, max int }{
		{7, 11, 11},
		{20, 10, 12},
		{27, 11, 11},
		{30, 12, 12},
		{31, 11, 12},
		{32, 10, 11},
		{33, 11, 11},
		{34, 11, 11},
		{36, 10, 11},
		{39, 8, 13},
		{40, 11, 11},
		{41, 11, 12},
		{43, 8, 15},
		{44, 11, 12},
		{45, 10, 10},
		{46, 9, 12},
		{47, 10, 10},
		{48, 11, 11},
		{49, 8, 15},
		{51, 10, 11},
		{52, 12, 13},
		{53, 8, 10},
		{54, 12, 13},
		{55, 12, 13},
		{56, 11, 11},
		{57, 10, 12},
		{58, 12, 12},
		{60, 10, 12},
		{61, 11, 12},
		{62, 9, 14},
		{63, 10, 12},
		{64, 9, 12},
		{65, 10, 10},
		{66, 10, 11},
		{81, 11, 12},
		{82, 10, 12},
		{84, 11, 12},
		{86, 11, 13},
		{90, 12, 12},
		{91, 12, 12},
		{92, 11, 12},
		{93, 11, 11},
		{94, 11, 11},
		{95, 9, 12},
		{98, 12, 12},
		{351, 12, 12},
		{352, 8, 14},
		{353, 10, 12},
		{354, 10, 12},
		{358, 8, 14},
		{370, 11, 11},
		{371, 11, 11},
		{372, 10, 11},
		{380, 12, 12},
		{420, 12, 12},
		{421, 12, 12},
		{852, 11, 11},
		{853, 11, 11},
		{886, 10, 12},
		{966, 11, 12},
		{971, 11, 12},
		{972, 11, 12},
	} {
		t[r.code] = phoneLengths{uint8(r.min), uint8(r.max)} //nolint:gosec // Lengths are short.
	}
	return t
}()

// phonePlan returns the lengths for the calling code that a number begins with, or none if no country has it.
func phonePlan(id *idText) phoneLengths {
	for n := 1; n <= 3; n++ {
		if p := phonePlans[id.num(0, n)]; p.max != 0 {
			return p
		}
	}
	return phoneLengths{}
}

// Groupings of national numbers that have no trunk zero.
const (
	key334   = 3<<10 | 3<<5 | 4
	key1334  = 1<<15 | key334
	key13322 = 1<<20 | 3<<15 | 3<<10 | 2<<5 | 2
	key344   = 3<<10 | 4<<5 | 4
	key254   = 2<<10 | 5<<5 | 4
	key244   = 2<<10 | 4<<5 | 4
	key433   = 4<<10 | 3<<5 | 3
	key2322  = 2<<15 | 3<<10 | 2<<5 | 2
	key234   = 2<<10 | 3<<5 | 4
	key37    = 3<<5 | 7
	key333   = 3<<10 | 3<<5 | 3
	key332   = 3<<10 | 3<<5 | 2
	key323   = 3<<10 | 2<<5 | 3
	key55    = 5<<5 | 5
	key44    = 4<<5 | 4
	key2222  = 2<<15 | 2<<10 | 2<<5 | 2
	key3222  = 3<<15 | 2<<10 | 2<<5 | 2
	key22222 = 2<<20 | 2<<15 | 2<<10 | 2<<5 | 2
)

// trunkShapes are the usual groupings of national numbers that begin with the trunk zero (ITU-T E.123 and the national
// regulators' guides on writing numbers).
var trunkShapes = func() map[uint64]bool {
	m := map[uint64]bool{}
	for _, lens := range [][]uint8{
		{2, 2, 2, 2, 2},
		{2, 8},
		{2, 4, 4},
		{2, 3, 2, 2},
		{2, 3, 4},
		{2, 3, 3, 2},
		{2, 7},
		{1, 3, 3, 2, 2}, // Turkey.
		{2, 2, 3, 4},
		{2, 2, 3, 2, 2},
		{3, 4, 4},
		{3, 3, 4},
		{3, 3, 2, 2},
		{3, 7},
		{3, 8},
		{3, 6},
		{3, 2, 2, 2, 2},
		{3, 2, 2, 2},
		{3, 3, 5},
		{3, 4, 3},
		{3, 2, 3, 2},
		{4, 3, 4},
		{4, 3, 3},
		{4, 6},
		{4, 7},
		{4, 8},
		{4, 2, 2, 2},
		{4, 3, 2, 2},
		{4, 2, 2, 2, 2},
		{4, 5},
		{4, 2, 3, 2},
		{4, 2, 4},
		{4, 3, 2, 3},
		{5, 6},
		{5, 3, 3},
		{5, 5},
		{5, 2, 4},
		{5, 7},
		{5, 2, 2, 2},
	} {
		m[groupKey(lens)] = true
	}
	return m
}()
