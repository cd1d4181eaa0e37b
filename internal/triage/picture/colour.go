package picture

import "fmt"

// RGB is a colour, 8 bits a channel.
type RGB struct{ R, G, B uint8 }

func (c RGB) String() string { return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B) }

func rgb(hex uint32) RGB { return RGB{uint8(hex >> 16), uint8(hex >> 8), uint8(hex)} }

// Colours are those of a class on one background.
type Colours struct{ Fill, Stroke, Text RGB }

type theme struct {
	page    RGB
	classes [classes]Colours
}

// Contrasts after WCAG 2.2: text of a class is at least 4.5:1 on its own fill
// and on the page, strokes 3:1 on the page but for Muted, which only guides.
var (
	light = theme{rgb(0xffffff), [classes]Colours{
		Ink:    {rgb(0xffffff), rgb(0x4b535c), rgb(0x1c2024)},
		Muted:  {rgb(0xf5f6f8), rgb(0xb4bcc6), rgb(0x56606b)},
		Panel:  {rgb(0xf3f5f8), rgb(0x5a6571), rgb(0x1c2024)},
		Good:   {rgb(0xdff5e4), rgb(0x1d7a3a), rgb(0x115b29)},
		Warn:   {rgb(0xfdf3cf), rgb(0x93650a), rgb(0x744c00)},
		Bad:    {rgb(0xfde6e4), rgb(0xc5303a), rgb(0x9c1526)},
		Accent: {rgb(0xe0effd), rgb(0x1765c1), rgb(0x0c4a93)},
	}}
	dark = theme{rgb(0x14171b), [classes]Colours{
		Ink:    {rgb(0x14171b), rgb(0x98a2ad), rgb(0xe7ebef)},
		Muted:  {rgb(0x1b1f24), rgb(0x454d57), rgb(0x9aa5b1)},
		Panel:  {rgb(0x1d2228), rgb(0x98a2ad), rgb(0xe7ebef)},
		Good:   {rgb(0x14291b), rgb(0x49b565), rgb(0x86e29d)},
		Warn:   {rgb(0x2b2412), rgb(0xcf9a2e), rgb(0xf0c869)},
		Bad:    {rgb(0x2e191b), rgb(0xf0605f), rgb(0xffa8a3)},
		Accent: {rgb(0x14233a), rgb(0x5aa5f5), rgb(0xa6d0ff)},
	}}
)

// Light returns the colours of a class on white, as paper gets them.
func (c Class) Light() Colours { return light.classes[c.valid()] }

// Dark returns the colours of a class on a dark screen.
func (c Class) Dark() Colours { return dark.classes[c.valid()] }

func (c Class) valid() Class {
	if c >= classes {
		return Ink
	}
	return c
}
