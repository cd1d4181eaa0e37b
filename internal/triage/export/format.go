package export

// Format is a form in which a document can be written.
type Format uint8

// The formats.
const (
	FormatMarkdown Format = iota
	FormatHTML
	FormatPDF
	FormatConfluence
)

var formats = [...]struct {
	names         []string
	title, suffix string
}{
	FormatMarkdown:   {[]string{"markdown", "md", ""}, "Markdown", ".md"},
	FormatHTML:       {[]string{"html"}, "HTML", ".html"},
	FormatPDF:        {[]string{"pdf"}, "PDF", ".pdf"},
	FormatConfluence: {[]string{"confluence"}, "Confluence storage format", ".confluence.xml"},
}

// FormatOf returns the format of a name: markdown (or md, or none), html, pdf,
// confluence.
func FormatOf(name string) (Format, bool) {
	for f, row := range formats {
		for _, n := range row.names {
			if n == name {
				return Format(f), true
			}
		}
	}
	return 0, false
}

// Name is the format's name for people.
func (f Format) Name() string { return formats[f].title }

// Suffix ends the names of files of the format.
func (f Format) Suffix() string { return formats[f].suffix }

// Write writes a document in the format. Markdown is what is kept; it is given
// back as it is once nothing is found in it.
func (f Format) Write(d Document, o Options) (data []byte, notes Notes, err error) {
	switch f {
	case FormatHTML:
		data, err = HTML(d, o)
	case FormatPDF:
		return PDF(d, o)
	case FormatConfluence:
		data, err = Confluence(d, o)
	default:
		data, err = Markdown(d, o)
	}
	return data, nil, err
}
