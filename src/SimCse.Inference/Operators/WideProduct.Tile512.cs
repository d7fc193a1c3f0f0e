using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SimCse.Inference.Operators;

/// <content>
/// The loop that takes the time. 24 sums, 4 vectors of weights and one pair of activations fit the 32 registers; the loop is written out,
/// because the compiler keeps no array in registers.
/// </content>
internal static unsafe partial class WideProduct
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile512(short* input, short* weight, int pairs, int* tile)
    {
        var stride = pairs * 2;
        Vector512<int> c00 = default, c01 = default, c02 = default, c03 = default;
        Vector512<int> c10 = default, c11 = default, c12 = default, c13 = default;
        Vector512<int> c20 = default, c21 = default, c22 = default, c23 = default;
        Vector512<int> c30 = default, c31 = default, c32 = default, c33 = default;
        Vector512<int> c40 = default, c41 = default, c42 = default, c43 = default;
        Vector512<int> c50 = default, c51 = default, c52 = default, c53 = default;
        var a0 = input;
        var a1 = input + stride;
        var a2 = input + (2 * stride);
        var a3 = input + (3 * stride);
        var a4 = input + (4 * stride);
        var a5 = input + (5 * stride);
        for (var pair = 0; pair < pairs; pair++)
        {
            var b0 = Vector512.Load(weight);
            var b1 = Vector512.Load(weight + 32);
            var b2 = Vector512.Load(weight + 64);
            var b3 = Vector512.Load(weight + 96);

            var x0 = Vector512.Create(*(int*)(a0 + (2 * pair))).AsInt16();
            c00 = Avx512F.Add(c00, Avx512BW.MultiplyAddAdjacent(x0, b0));
            c01 = Avx512F.Add(c01, Avx512BW.MultiplyAddAdjacent(x0, b1));
            c02 = Avx512F.Add(c02, Avx512BW.MultiplyAddAdjacent(x0, b2));
            c03 = Avx512F.Add(c03, Avx512BW.MultiplyAddAdjacent(x0, b3));

            var x1 = Vector512.Create(*(int*)(a1 + (2 * pair))).AsInt16();
            c10 = Avx512F.Add(c10, Avx512BW.MultiplyAddAdjacent(x1, b0));
            c11 = Avx512F.Add(c11, Avx512BW.MultiplyAddAdjacent(x1, b1));
            c12 = Avx512F.Add(c12, Avx512BW.MultiplyAddAdjacent(x1, b2));
            c13 = Avx512F.Add(c13, Avx512BW.MultiplyAddAdjacent(x1, b3));

            var x2 = Vector512.Create(*(int*)(a2 + (2 * pair))).AsInt16();
            c20 = Avx512F.Add(c20, Avx512BW.MultiplyAddAdjacent(x2, b0));
            c21 = Avx512F.Add(c21, Avx512BW.MultiplyAddAdjacent(x2, b1));
            c22 = Avx512F.Add(c22, Avx512BW.MultiplyAddAdjacent(x2, b2));
            c23 = Avx512F.Add(c23, Avx512BW.MultiplyAddAdjacent(x2, b3));

            var x3 = Vector512.Create(*(int*)(a3 + (2 * pair))).AsInt16();
            c30 = Avx512F.Add(c30, Avx512BW.MultiplyAddAdjacent(x3, b0));
            c31 = Avx512F.Add(c31, Avx512BW.MultiplyAddAdjacent(x3, b1));
            c32 = Avx512F.Add(c32, Avx512BW.MultiplyAddAdjacent(x3, b2));
            c33 = Avx512F.Add(c33, Avx512BW.MultiplyAddAdjacent(x3, b3));

            var x4 = Vector512.Create(*(int*)(a4 + (2 * pair))).AsInt16();
            c40 = Avx512F.Add(c40, Avx512BW.MultiplyAddAdjacent(x4, b0));
            c41 = Avx512F.Add(c41, Avx512BW.MultiplyAddAdjacent(x4, b1));
            c42 = Avx512F.Add(c42, Avx512BW.MultiplyAddAdjacent(x4, b2));
            c43 = Avx512F.Add(c43, Avx512BW.MultiplyAddAdjacent(x4, b3));

            var x5 = Vector512.Create(*(int*)(a5 + (2 * pair))).AsInt16();
            c50 = Avx512F.Add(c50, Avx512BW.MultiplyAddAdjacent(x5, b0));
            c51 = Avx512F.Add(c51, Avx512BW.MultiplyAddAdjacent(x5, b1));
            c52 = Avx512F.Add(c52, Avx512BW.MultiplyAddAdjacent(x5, b2));
            c53 = Avx512F.Add(c53, Avx512BW.MultiplyAddAdjacent(x5, b3));

            weight += Panel * 2;
        }

        Store(tile, c00, c01, c02, c03);
        Store(tile + (1 * Panel), c10, c11, c12, c13);
        Store(tile + (2 * Panel), c20, c21, c22, c23);
        Store(tile + (3 * Panel), c30, c31, c32, c33);
        Store(tile + (4 * Panel), c40, c41, c42, c43);
        Store(tile + (5 * Panel), c50, c51, c52, c53);

        static void Store(int* row, Vector512<int> first, Vector512<int> second, Vector512<int> third, Vector512<int> fourth)
        {
            first.Store(row);
            second.Store(row + 16);
            third.Store(row + 32);
            fourth.Store(row + 48);
        }
    }
}
