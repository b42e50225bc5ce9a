using System.Runtime.InteropServices;
using System.Text;
using DuckDB.NET.Native;
using Toka.Core.Unsafe;

namespace Toka.Events.Duck;

/// <summary>The few calls of DuckDB's C interface whose bindings take pointers, with addresses instead.</summary>
internal static class DuckNative
{
    private const string Library = "duckdb";
    private const int StringSize = 16;
    private const int InlineLength = 12;

    /// <summary>A vector's values.</summary>
    public static Span<T> Values<T>(nint vector, int count)
        where T : unmanaged => NativeSpan.Of<T>(duckdb_vector_get_data(vector), count);

    /// <summary>A vector's validity, a bit a value; empty where all are there.</summary>
    public static Span<ulong> Validity(nint vector, int count) => NativeSpan.Of<ulong>(duckdb_vector_get_validity(vector), (count + 63) >> 6);

    /// <summary>Says that a value is not there.</summary>
    public static void SetNull(nint vector, int row, int capacity)
    {
        NativeMethods.Vectors.DuckDBVectorEnsureValidityWritable(vector);
        Validity(vector, capacity)[row >> 6] &= ~(1UL << (row & 63));
    }

    /// <summary>Copies a text of valid UTF-8 into a vector.</summary>
    public static void Assign(nint vector, int row, ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length <= InlineLength)
        {
            // Short texts live in the value itself: a length and twelve bytes.
            var value = NativeSpan.Of<byte>(duckdb_vector_get_data(vector), (row + 1) * StringSize)[(row * StringSize)..];
            value.Clear();
            value[0] = (byte)utf8.Length;
            utf8.CopyTo(value[4..]);
            return;
        }

        duckdb_vector_assign_string_element_len(vector, (ulong)row, in MemoryMarshal.GetReference(utf8), (ulong)utf8.Length);
    }

    /// <summary>A text of a vector; valid as long as its chunk.</summary>
    public static ReadOnlySpan<byte> Text(nint vector, int row)
    {
        var value = NativeSpan.Of<byte>(duckdb_vector_get_data(vector), (row + 1) * StringSize)[(row * StringSize)..];
        var length = MemoryMarshal.Read<int>(value);
        return length <= InlineLength ? value.Slice(4, length) : NativeSpan.Of<byte>((nint)MemoryMarshal.Read<long>(value[8..]), length);
    }

    /// <summary>What an appender says of its last failure.</summary>
    public static string ErrorOf(DuckDBAppender appender)
    {
        using var error = NativeMethods.Appender.DuckDBAppenderErrorData(appender);
        return error.Message ?? "no reason was given";
    }

    /// <summary>A text within SQL: quotes are doubled, which is all that DuckDB knows of escapes.</summary>
    public static string Quote(string text) =>
        $"'{text.Replace("'", "''", StringComparison.Ordinal).Replace("\0", "' || chr(0) || '", StringComparison.Ordinal)}'"; // A zero would end the statement.

    /// <summary>A name within SQL.</summary>
    public static string Name(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    /// <summary>Bytes as valid UTF-8: what is not is replaced.</summary>
    public static ReadOnlySpan<byte> Valid(ReadOnlySpan<byte> bytes) =>
        System.Text.Unicode.Utf8.IsValid(bytes) ? bytes : Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(bytes));

    [DllImport(Library)]
    private static extern nint duckdb_vector_get_data(nint vector);

    [DllImport(Library)]
    private static extern nint duckdb_vector_get_validity(nint vector);

    [DllImport(Library)]
    private static extern void duckdb_vector_assign_string_element_len(nint vector, ulong index, in byte text, ulong length);
}
