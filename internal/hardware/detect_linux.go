package hardware

import (
	"context"
	"os"
)

func detect(ctx context.Context, r *Report) { linux{os.DirFS("/"), run}.detect(ctx, r) }
