namespace Toka.TimeSeries.Head;

/// <summary>A growing column in pages of 1024 entries: it starts small, grows in steps, and an entry never moves. Not thread-safe.</summary>
/// <typeparam name="T">The entry; a struct, so that a page is one allocation.</typeparam>
internal sealed class PagedArray<T>
    where T : struct
{
    private const int Shift = 10;
    private const int Mask = (1 << Shift) - 1;

    private T[][] _pages = [];
    private int _pageCount;

    /// <summary>The entry at an index below what <see cref="Ensure"/> made room for.</summary>
    public ref T this[int index] => ref _pages[index >> Shift][index & Mask];

    /// <summary>Makes room for an index.</summary>
    public void Ensure(int index)
    {
        while (index >> Shift >= _pageCount)
        {
            if (_pageCount == _pages.Length)
            {
                Array.Resize(ref _pages, Math.Max(4, _pageCount + (_pageCount / 2)));
            }

            _pages[_pageCount++] = new T[1 << Shift];
        }
    }
}
