"""Plots as SVG, with nothing but strings: panels of lines, both axes in powers of ten."""
import dataclasses
import html
import math

COLOURS = ["#1b6ca8", "#d1495b", "#2e933c", "#8d5a97", "#b8860b", "#444444"]
WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 680, 330, 70, 40, 190, 50


@dataclasses.dataclass
class Panel:
    title: str
    across: str  # what stands on the axis below
    up: str
    lines: dict  # name → [(x, y)]


def decades(values):
    """The powers of ten around the values."""
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    return low, max(high, low + 1)


def short(power):
    return f"{10 ** power:g}" if -3 <= power <= 3 else f"1e{power}"


def text(x, y, content, anchor="middle", colour="#222", size=12):
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text {place} fill="{colour}" font-size="{size}">{html.escape(content)}</text>'


def drawn(panel, left, top):
    lines = {name: [point for point in points if point[1] > 0] for name, points in panel.lines.items()}
    points = [point for of_line in lines.values() for point in of_line]
    if not points:
        return []
    (x_low, x_high), (y_low, y_high) = decades([x for x, _ in points]), decades([y for _, y in points])
    width, height = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def place(x, y):
        return (
            left + LEFT + (math.log10(x) - x_low) / (x_high - x_low) * width,
            top + TOP + (1 - (math.log10(y) - y_low) / (y_high - y_low)) * height)

    out = [text(left + LEFT + width / 2, top + 22, panel.title, size=14)]
    for power in range(x_low, x_high + 1):
        x, y = place(10.0**power, 10.0**y_low)
        out.append(f'<path d="M{x:.1f} {y:.1f}v{-height}" stroke="#ddd"/>')
        out.append(text(x, y + 16, short(power)))
    for power in range(y_low, y_high + 1):
        x, y = place(10.0**x_low, 10.0**power)
        out.append(f'<path d="M{x:.1f} {y:.1f}h{width}" stroke="#ddd"/>')
        out.append(text(x - 6, y + 4, short(power), "end"))
    out.append(text(left + LEFT + width / 2, top + HEIGHT - 14, panel.across))
    out.append(text(left + 8, top + TOP - 10, panel.up, "start"))
    for number, (name, of_line) in enumerate(lines.items()):
        colour = COLOURS[number % len(COLOURS)]
        places = [place(x, y) for x, y in of_line]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        out.append(f'<polyline fill="none" stroke="{colour}" stroke-width="2" points="{path}"/>')
        out += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in places]
        out.append(text(left + LEFT + width + 12, top + TOP + 14 + 15 * number, name, "start", colour))
    return out


def svg(panels):
    """All panels, two in a row."""
    rows = (len(panels) + 1) // 2
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{2 * WIDTH}" height="{rows * HEIGHT}" font-family="sans-serif">',
        '<rect width="100%" height="100%" fill="white"/>']
    for number, panel in enumerate(panels):
        out += drawn(panel, number % 2 * WIDTH, number // 2 * HEIGHT)
    return "\n".join([*out, "</svg>", ""])
